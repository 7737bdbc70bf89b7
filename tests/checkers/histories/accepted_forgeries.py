"""Forgeries and names that were refused, as they should be."""

from story import ROOM, Story, called


@called("accepted--forgeries-refused")
def forgeries_refused(story: Story) -> None:
    """Nothing that was forged is let in, nothing that nobody may hear is heard, and a limited token gets a 403."""
    story.authorize("alice")
    story.join("bob#1")
    story.connect("carol#1")
    story.forge("carol#1", outcome="refused", forgery="a signature of zeros", weakness="AZ-25")
    story.whisper("carol#1", "the mark", weakness="AZ-32")
    story.hear_event("bob#1")
    story.deny("bob", credential="limited")
    story.authorize("bob", channel=ROOM, rule="company", entitled="yes")
    story.control()
