"""SQL: transactions, schema, migrations, one file for each resource, the audit log. Nothing above speaks SQL."""
