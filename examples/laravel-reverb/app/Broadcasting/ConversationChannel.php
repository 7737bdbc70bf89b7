<?php

namespace App\Broadcasting;

use App\Models\Conversation;
use App\Models\User;

/** Open to the participants of a conversation, under the company that it belongs to. */
class ConversationChannel
{
    public function join(User $user, string $company, string $conversation): bool
    {
        // Compared as texts: "6" is company 6, and "06" and "6.0" are nobody's.
        return Conversation::query()
            ->whereRaw('CAST(id AS CHAR(20)) = ?', [$conversation])
            ->whereRaw('CAST(company_id AS CHAR(20)) = ?', [$company])
            ->whereHas('participants', fn ($participants) => $participants->whereKey($user->id))
            ->exists();
    }
}
