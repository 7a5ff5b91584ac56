"""How fast Layercake is: builds, the way to the socket, memory, and the page (`scripts/bench`)."""
