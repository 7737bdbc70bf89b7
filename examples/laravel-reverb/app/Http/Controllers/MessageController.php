<?php

namespace App\Http\Controllers;

use App\Events\MessageSent;
use App\Models\Conversation;
use App\Models\Message;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;

class MessageController extends Controller
{
    public function index(Request $request, Conversation $conversation): JsonResponse
    {
        abort_unless($conversation->has($request->user()), 403);
        $messages = $conversation->messages()
            ->with('sender')
            ->where('id', '>', (int) $request->query('after', '0'))
            ->orderBy('id')
            ->limit(200)
            ->get();

        return response()->json(['data' => $messages->map(fn (Message $message) => $message->toApi())]);
    }

    public function store(Request $request, Conversation $conversation): JsonResponse
    {
        abort_unless($conversation->has($request->user()), 403);
        $given = $request->validate(['body' => ['required', 'string', 'max:2000']]);

        $message = $conversation->messages()->create([...$given, 'user_id' => $request->user()->id]);
        broadcast(new MessageSent($message))->toOthers(); // leaves out the socket that X-Socket-ID names

        return response()->json(['data' => $message->toApi()], 201);
    }
}
