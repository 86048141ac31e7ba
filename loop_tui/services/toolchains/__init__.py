"""The programs that build and test projects, a file an ecosystem."""
