<?php

namespace App\Http\Controllers;

use App\Models\Conversation;
use App\Models\User;
use Illuminate\Http\Request;
use Illuminate\Http\Response;

class ParticipantController extends Controller
{
    public function store(Request $request, Conversation $conversation): Response
    {
        abort_unless($conversation->has($request->user()), 403);
        $given = $request->validate(['user_id' => ['required', 'integer']]);
        $user = User::query()->where('company_id', $conversation->company_id)->findOrFail($given['user_id']);
        $conversation->participants()->syncWithoutDetaching([$user->id]);

        return response()->noContent();
    }

    public function destroy(Request $request, Conversation $conversation, User $user): Response
    {
        abort_unless($conversation->has($request->user()), 403);
        $conversation->participants()->detach($user->id);

        return response()->noContent();
    }
}
