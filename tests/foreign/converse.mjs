// Be one person with pusher-js and tell on stdout, one JSON object a line, what she is told; end with our stdin.
//
// argv[2] is a JSON object: key, host, port, channels (names), channelEndpoint, userEndpoint, signsIn (boolean).

import Pusher from "pusher-js";

const asked = JSON.parse(process.argv[2]);
const tell = (what, rest = {}) => process.stdout.write(JSON.stringify({ what, ...rest }) + "\n");

const pusher = new Pusher(asked.key, {
  wsHost: asked.host,
  wsPort: asked.port,
  forceTLS: false,
  enabledTransports: ["ws"],
  cluster: "none",
  disableStats: true,
  channelAuthorization: { endpoint: asked.channelEndpoint, transport: "ajax" },
  userAuthentication: { endpoint: asked.userEndpoint, transport: "ajax" },
});
pusher.connection.bind("state_change", ({ current }) => tell("state", { state: current }));
pusher.connection.bind("error", ({ data }) => tell("error", { code: data && data.code }));
for (const name of asked.channels) {
  pusher.subscribe(name).bind_global((event, data) => tell("heard", { channel: name, event, data }));
}
if (asked.signsIn) {
  pusher.user.bind_global((event, data) => tell("told", { event, data }));
  for (const name of ["online", "offline"]) {
    pusher.user.watchlist.bind(name, ({ user_ids }) => tell(name, { people: user_ids }));
  }
  pusher.signin();
  // She can be told something once she listens to the channel that is hers.
  pusher.connection.bind("message", ({ event, channel }) => {
    const isHers = channel && channel.startsWith("#server-to-user-");
    if (isHers && event === "pusher_internal:subscription_succeeded") tell("signed in");
  });
}
process.stdin.on("end", () => process.exit(0)).resume();
