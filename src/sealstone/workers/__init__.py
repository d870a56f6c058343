"""What happens between calls: the store's wishes are carried out here, level-triggered. No operation is called."""
