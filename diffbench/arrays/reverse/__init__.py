"""Reverse mode: the tape, its sweep, and what a rule that lacks a vjp gets one from."""
