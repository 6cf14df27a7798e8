"""What the tests are made of: the cast, a browser without JavaScript, servers of their own."""
