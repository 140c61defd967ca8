"""What runs: microservices and their data stores."""
