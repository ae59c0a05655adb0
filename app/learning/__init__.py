"""Learning: invented patients, cohort files, training, calibration, evaluation. Nothing of the running service."""
