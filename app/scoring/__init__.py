"""The scorecard and what it says of a report: integers and tables, no numpy, no scikit-learn, no pickle."""
