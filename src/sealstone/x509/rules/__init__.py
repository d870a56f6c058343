"""What is found about a submission: refusals of the engine, demands of a service, advice about what follows."""
