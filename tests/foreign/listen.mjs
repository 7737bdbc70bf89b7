// Subscribe with an official client and tell on stdout, one JSON object a line, what it hears; end with our stdin.
//
// argv[2] is a JSON object: client ("pusher-js" | "laravel-echo"), key, host, port, authEndpoint, token,
// privateChannel and presenceChannel (full names), event (as on the wire).

import Echo from "laravel-echo";
import Pusher from "pusher-js";

const asked = JSON.parse(process.argv[2]);
const tell = (what, rest = {}) => process.stdout.write(JSON.stringify({ what, ...rest }) + "\n");
const headers = { Authorization: `Bearer ${asked.token}`, Accept: "application/json" };
const server = { wsHost: asked.host, wsPort: asked.port, forceTLS: false, enabledTransports: ["ws"] };

function withPusher() {
  const channelAuthorization = { endpoint: asked.authEndpoint, transport: "ajax", headers };
  const pusher = new Pusher(asked.key, { ...server, cluster: "none", disableStats: true, channelAuthorization });
  for (const name of [asked.privateChannel, asked.presenceChannel]) {
    const channel = pusher.subscribe(name);
    channel.bind("pusher:subscription_succeeded", (data) => tell("subscribed", { channel: name, count: data && data.count }));
    channel.bind("pusher:subscription_error", (error) => tell("refused", { channel: name, status: error.status }));
    channel.bind(asked.event, (data) => tell("heard", { channel: name, data }));
    channel.bind("pusher:member_added", (member) => tell("joined", { channel: name, id: member.id }));
  }
}

function withEcho() {
  const auth = { headers };
  const echo = new Echo({ ...server, broadcaster: "reverb", Pusher, key: asked.key, authEndpoint: asked.authEndpoint, auth });
  const hears = asked.privateChannel.replace("private-", "");
  echo
    .private(hears)
    .subscribed(() => tell("subscribed", { channel: asked.privateChannel }))
    .error((error) => tell("refused", { channel: asked.privateChannel, status: error.status }))
    .listen(`.${asked.event}`, (data) => tell("heard", { channel: asked.privateChannel, data }));
  echo
    .join(asked.presenceChannel.replace("presence-", ""))
    .here((members) => tell("subscribed", { channel: asked.presenceChannel, count: members.length }))
    .joining((member) => tell("joined", { channel: asked.presenceChannel, id: member.id }));
}

process.stdin.on("end", () => process.exit(0)).resume();
asked.client === "laravel-echo" ? withEcho() : withPusher();
