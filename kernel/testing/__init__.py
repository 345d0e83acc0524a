"""What the tests of every app share: people, clients, a broker, query counts, a browser."""
