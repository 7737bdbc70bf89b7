<?php

use App\Broadcasting\ConversationChannel;
use App\Models\User;
use Illuminate\Support\Facades\Broadcast;

// Who may hear what. Each name here is without its prefix: `private-chat.6.conversation.123` asks for this rule.
Broadcast::channel('chat.{company}.conversation.{conversation}', ConversationChannel::class);

Broadcast::channel('App.Models.User.{id}', fn (User $user, string $id) => (string) $user->id === $id);
