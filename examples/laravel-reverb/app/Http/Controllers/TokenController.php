<?php

namespace App\Http\Controllers;

use App\Models\User;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Http\Response;
use Illuminate\Support\Facades\Hash;

class TokenController extends Controller
{
    public function store(Request $request): JsonResponse
    {
        $given = $request->validate([
            'email' => ['required', 'email'],
            'password' => ['required', 'string'],
            'device_name' => ['nullable', 'string', 'max:100'],
        ]);
        $user = User::query()->where('email', $given['email'])->first();
        if ($user === null || ! Hash::check($given['password'], $user->password)) {
            return response()->json(['message' => 'These credentials do not match our records.'], 401);
        }
        $token = $user->createToken($given['device_name'] ?? 'device')->plainTextToken;

        return response()->json(['token' => $token, 'user' => $user]);
    }

    public function destroy(Request $request): Response
    {
        $request->user()->currentAccessToken()->delete();

        return response()->noContent();
    }
}
