"""The adaptive difference: line -> quotients -> plateau -> ladder -> diagnosis."""
