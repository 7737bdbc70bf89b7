<?php

namespace Database\Seeders;

use App\Models\Conversation;
use App\Models\User;
use Illuminate\Database\Seeder;
use RuntimeException;

/** The people and the conversation that realtime.toml names; run again, it changes only their passwords. */
class RealtimeSeeder extends Seeder
{
    private const COMPANIES = ['alice' => 6, 'bob' => 6, 'carol' => 6, 'eve' => 6, 'mallory' => 7];

    public function run(): void
    {
        $people = collect(self::COMPANIES)->map(fn (int $company, string $name) => User::query()->updateOrCreate(
            ['email' => "{$name}@example.com"],
            ['name' => ucfirst($name), 'company_id' => $company, 'password' => $this->password($name)],
        ));

        $conversation = Conversation::query()->firstOrCreate(['id' => 123], ['company_id' => 6]);
        $conversation->participants()->sync($people->only(['alice', 'bob', 'carol'])->pluck('id'));
    }

    private function password(string $name): string
    {
        $variable = strtoupper($name).'_PASSWORD';

        return getenv($variable) ?: throw new RuntimeException("set {$variable}: there is no password to fall back on");
    }
}
