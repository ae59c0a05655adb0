"""Invented patients with reports and outcomes: for tests, demonstrations and a first model, never as evidence."""
