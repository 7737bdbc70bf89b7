"""`realtime rig`: a scripted, adversarial server for any client, which judges it by what a server can see."""
