# testkit
