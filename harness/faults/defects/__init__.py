"""Which defects a target can be given, so that its gate can be seen to catch them (`realtime prove`)."""
