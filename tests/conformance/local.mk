# tests: conformance
