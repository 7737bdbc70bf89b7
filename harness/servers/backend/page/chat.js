"use strict";

// Two people in one page. Each has a socket of their own and follows the seven hops: log in, connect, authorize,
// subscribe, send, and hear what the other one sent. Whatever comes from a server is shown as text, never as markup.

const configuration = JSON.parse(document.getElementById("configuration").textContent);
const PONG_SECONDS = 30;
const RECONNECT_MILLISECONDS = 1000;

class Person {
  constructor(section) {
    this.find = (selector) => section.querySelector(selector);
    this.find(".login").addEventListener("submit", (event) => this.act(event, () => this.logIn(event.target)));
    this.find(".write").addEventListener("submit", (event) => this.act(event, () => this.send(event.target)));
    this.find(".logout").addEventListener("click", (event) => this.act(event, () => this.logOut()));
    this.find(".conversations").addEventListener("change", (event) => this.act(event, () => this.open()));
    this.forget();
  }

  forget() {
    this.token = this.user = this.channel = this.socketId = null;
    this.shown = new Set();
  }

  async act(event, verb) {
    event.preventDefault();
    try {
      await verb();
    } catch (error) {
      this.say(error.message, true);
    }
  }

  say(text, failed = false) {
    this.find(".status").textContent = text;
    this.find(".status").classList.toggle("failed", failed);
  }

  async call(method, path, body) {
    const headers = { Accept: "application/json" };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    if (this.socketId) headers["X-Socket-ID"] = this.socketId;
    if (body) headers["Content-Type"] = "application/json";
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    const answer = response.status === 204 ? null : await response.json().catch(() => null);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer?.message ?? ""}`);
    return answer;
  }

  async logIn(form) {
    const { email, password } = Object.fromEntries(new FormData(form));
    const { token, user } = await this.call("POST", "/api/login", { email, password });
    Object.assign(this, { token, user });
    form.reset();
    this.find(".name").textContent = user.name;
    this.find(".email").textContent = user.email;
    const { data } = await this.call("GET", "/api/conversations");
    const options = data.map(({ id, company_id: company, participants }) => {
      const option = new Option(`${id} (people ${participants.join(", ")})`, `${id}`);
      option.dataset.channel = `private-chat.${company}.conversation.${id}`;
      return option;
    });
    this.find(".conversations").replaceChildren(...options);
    this.swap(true);
    if (!options.length) return this.say("Takes part in no conversation", true);
    this.connect();
  }

  async logOut() {
    const { socket } = this;
    try {
      await this.call("POST", "/api/logout");
    } finally {
      this.forget();
      socket?.close();
      this.find(".messages").replaceChildren();
      this.swap(false);
      this.say("Not logged in");
    }
  }

  swap(loggedIn) {
    this.find(".login").hidden = loggedIn;
    this.find(".who").hidden = this.find(".write").hidden = !loggedIn;
  }

  connect() {
    this.say("Connecting");
    const socket = new WebSocket(`${configuration.websocket}?protocol=7&client=realtime-page&version=1`);
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => this.act(new Event("frame"), () => this.hear(JSON.parse(data))));
    socket.addEventListener("close", () => this.closed(socket));
  }

  closed(socket) {
    clearTimeout(this.silence);
    if (socket !== this.socket || !this.token) return;
    this.socketId = this.channel = null;
    this.say("Connection lost, trying again", true);
    setTimeout(() => this.token && socket === this.socket && this.connect(), RECONNECT_MILLISECONDS);
  }

  async hear(frame) {
    const data = typeof frame.data === "string" ? JSON.parse(frame.data) : frame.data;
    this.watchSilence();
    switch (frame.event) {
      case "pusher:connection_established":
        this.socketId = data.socket_id;
        this.activityTimeout = data.activity_timeout;
        this.watchSilence();
        return this.open();
      case "pusher_internal:subscription_succeeded":
        if (frame.channel === this.channel) this.say(`Listening on ${frame.channel}`);
        return this.catchUp();
      case "pusher:ping":
        return this.tell("pusher:pong", {});
      case "pusher:error":
        return this.say(`Broadcaster: ${data.code} ${data.message}`, true);
      case "MessageSent":
        return frame.channel === this.channel && this.show(data);
    }
  }

  // A socket can be dead without anybody having said so: after the silence that the broadcaster named, ask.
  watchSilence() {
    clearTimeout(this.silence);
    if (!this.activityTimeout) return;
    this.silence = setTimeout(() => {
      this.tell("pusher:ping", {});
      this.silence = setTimeout(() => this.socket.close(), PONG_SECONDS * 1000);
    }, this.activityTimeout * 1000);
  }

  tell(event, data) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ event, data }));
  }

  async open() {
    const option = this.find(".conversations").selectedOptions[0];
    if (!option || !this.socketId) return;
    if (this.channel) this.tell("pusher:unsubscribe", { channel: this.channel });
    this.find(".messages").replaceChildren();
    this.shown.clear();
    const channel = (this.channel = option.dataset.channel);
    const asked = { socket_id: this.socketId, channel_name: channel };
    const { auth } = await this.call("POST", "/api/broadcasting/auth", asked);
    if (channel === this.channel) this.tell("pusher:subscribe", { channel, auth });
  }

  get messages() {
    return `/api/conversations/${this.find(".conversations").value}/messages`;
  }

  async catchUp() {
    const { channel } = this;
    const { data } = await this.call("GET", this.messages);
    if (channel === this.channel) data.forEach((message) => this.show(message));
  }

  async send(form) {
    const { data } = await this.call("POST", this.messages, { body: form.elements.body.value });
    form.reset();
    this.show(data);
  }

  // The answer to a send, the broadcast and the list may all bring the same message; it is shown once, in its place.
  show({ id, body, sender }) {
    if (this.shown.has(id)) return;
    this.shown.add(id);
    const item = document.createElement("li");
    item.dataset.id = id;
    item.classList.toggle("own", sender.id === this.user.id);
    item.append(this.text("sender", sender.name), this.text("body", body));
    const list = this.find(".messages");
    const later = [...list.children].find((other) => Number(other.dataset.id) > id);
    list.insertBefore(item, later ?? null);
    list.scrollTop = list.scrollHeight;
  }

  text(name, content) {
    const span = document.createElement("span");
    span.className = name;
    span.dir = "auto";
    span.textContent = content;
    return span;
  }
}

document.getElementById("emails").append(...configuration.emails.map((email) => new Option(email, email)));
for (let number = 0; number < 2; number += 1) {
  document.getElementById("people").append(document.getElementById("person").content.cloneNode(true));
  new Person(document.getElementById("people").lastElementChild);
}
