"""What machines watch: tests named as sentences, on real parts only."""
