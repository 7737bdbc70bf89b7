<?php

namespace App\Http\Controllers;

use App\Models\Conversation;
use App\Models\User;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;

class ConversationController extends Controller
{
    public function store(Request $request): JsonResponse
    {
        $given = $request->validate(['participants' => ['required', 'array'], 'participants.*' => ['integer']]);
        $company = $request->user()->company_id;
        $others = User::query()->whereKey($given['participants'])->where('company_id', $company)->pluck('id');

        $conversation = Conversation::query()->create(['company_id' => $company]);
        $conversation->participants()->attach($others->push($request->user()->id)->unique());

        return response()->json(['data' => ['id' => $conversation->id, 'company_id' => $company]], 201);
    }
}
