# unit tests of kproto
