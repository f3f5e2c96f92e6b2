# unit tests of obs
