<?php

namespace App\Events;

use App\Models\Message;
use Illuminate\Broadcasting\InteractsWithSockets;
use Illuminate\Broadcasting\PrivateChannel;
use Illuminate\Contracts\Broadcasting\ShouldBroadcastNow;
use Illuminate\Foundation\Events\Dispatchable;

/** Broadcast before the sender is answered; with ShouldBroadcast a queue worker would have to run. */
class MessageSent implements ShouldBroadcastNow
{
    use Dispatchable;
    use InteractsWithSockets; // without it, toOthers() excludes nobody

    public function __construct(private readonly Message $message)
    {
    }

    public function broadcastOn(): PrivateChannel
    {
        $conversation = $this->message->conversation;

        return new PrivateChannel("chat.{$conversation->company_id}.conversation.{$conversation->id}");
    }

    public function broadcastAs(): string
    {
        return 'MessageSent'; // listeners of Laravel Echo write '.MessageSent', with the dot
    }

    /** @return array<string, mixed> */
    public function broadcastWith(): array
    {
        return $this->message->toApi();
    }
}
