"""How requests flow: canaries, service profiles, routes, circuit breakers."""
