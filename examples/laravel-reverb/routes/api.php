<?php

use App\Http\Controllers\ConversationController;
use App\Http\Controllers\MessageController;
use App\Http\Controllers\ParticipantController;
use App\Http\Controllers\TokenController;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Route;

Route::post('/login', [TokenController::class, 'store'])->middleware('throttle:30,1');

Route::middleware('auth:sanctum')->group(function (): void {
    Route::post('/logout', [TokenController::class, 'destroy']);
    Route::get('/user', fn (Request $request) => $request->user());

    Route::post('/conversations', [ConversationController::class, 'store']);
    Route::get('/conversations/{conversation}/messages', [MessageController::class, 'index']);
    Route::post('/conversations/{conversation}/messages', [MessageController::class, 'store']);
    Route::post('/conversations/{conversation}/participants', [ParticipantController::class, 'store']);
    Route::delete('/conversations/{conversation}/participants/{user}', [ParticipantController::class, 'destroy']);
});
