"""
Defects that are known from the field, in a few words each: what an observation's `suspects` stand for.

The ids are those of our catalogue of defects; a finding names the ones that would look like what was observed, most
likely first. They are suspects, not causes.
"""

SUSPECTS = {
    "AU-10": "the broadcast driver is log or null: the endpoint says 200 to everything",
    "AU-12": "the user of an earlier request is remembered",
    "AZ-01": "the channel rule is true for whoever is logged in",
    "AZ-02": "the endpoint asks who somebody is, not whether they may",
    "AZ-03": "the event is broadcast on a public channel",
    "AZ-04": "the same id in another company is accepted",
    "AZ-06": "a participant of one conversation may join the next",
    "AZ-08": "who was removed is never unsubscribed",
    "AZ-09": "a deleted conversation goes on being broadcast",
    "AZ-23": "a signature for one socket opens another",
    "AZ-24": "a signature for one channel opens another",
    "AZ-25": "the broadcaster does not check signatures",
    "CO-04": "a busy client is cut off because it sends no pings",
    "CO-06": "a wrong close code",
    "CO-10": "the client subscribed twice",
    "CO-13": "the client's old socket stayed open after a reconnect",
    "CO-15": "a proxy cuts quiet connections",
    "DE-01": "the message is stored and never broadcast",
    "DE-02": "the broadcast failed and the failure was swallowed",
    "DE-03": "the broadcaster loses frames",
    "DE-04": "the first message after a subscription gets lost",
    "DE-05": "the broadcaster sends a frame twice",
    "DE-06": "a queue job was retried after it had published",
    "DE-07": "a queue, or several workers, reorder",
    "DE-08": "a queue worker sleeps between jobs",
    "DE-09": "slow jobs stand before the broadcast",
    "DE-10": "the event goes to more channels than its conversation's",
    "DE-12": "X-Socket-ID is not passed on, or toOthers() is missing",
    "DE-13": "the sender is left out as a person, not as a socket",
    "DE-14": "the exclusion gets lost between two nodes",
    "DE-15": "the event has another name than the client listens for",
    "DE-16": "the event goes to a channel of another name",
    "DE-17": "`data` is an object where a JSON string is due",
    "DE-18": "`data` is encoded twice",
    "DE-19": "text is cut or mangled on the way",
    "DE-30": "the last of many subscribers starve",
    "OP-03": "backend and broadcaster have different secrets",
    "OP-04": "a cached configuration holds old credentials",
    "OP-10": "no queue worker is running",
    "PR-08": "a quick reconnect is taken for a departure",
}
