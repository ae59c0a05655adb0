"""The channels by which a notification leaves the house, one module per channel."""
