<?php

// What an app in PHP asks of the waiting room. It needs PHP's own extension openssl, and no package.

declare(strict_types=1);

namespace Vwr;

function room(): string
{
    return getenv('VWR_ROOM') ?: 'main';
}

/** Where `vwr serve` listens. */
function url(): string
{
    return getenv('VWR_URL') ?: 'http://127.0.0.1:8090';
}

/** End a session whose visitor is done. Its id came in $_SERVER['HTTP_VWR_SESSION_ID'], or in the token. */
function complete(string $session): bool
{
    $where = '/vwr-admin/api/rooms/' . room() . '/sessions/' . rawurlencode($session) . '/complete';
    $answer = json_decode(ask('POST', $where, ['Authorization: Bearer ' . getenv('VWR_ADMIN_API_KEY')]), true);
    return $answer['was_running'] ?? throw new \RuntimeException('the session was not ended');
}

/** The claims of an access token, or null for one that is not genuine or has expired. */
function claims(string $token): ?array
{
    $parts = explode('.', $token);
    if (count($parts) !== 3) {
        return null;
    }
    [$head, $said] = [json_decode(decoded($parts[0]), true), json_decode(decoded($parts[1]), true)];
    if (($head['alg'] ?? '') !== 'ES256' || ($head['typ'] ?? '') !== 'vwr+jwt' || !is_array($said)) {
        return null;
    }
    $key = public_key($head['kid'] ?? '');
    $signature = decoded($parts[2]);
    if ($key === null || strlen($signature) !== 64) {
        return null;
    }
    $isGenuine = openssl_verify("$parts[0].$parts[1]", in_der($signature), $key, OPENSSL_ALGO_SHA256) === 1;
    $isOurs = ($said['iss'] ?? '') === 'vwr' && ($said['aud'] ?? '') === room() && ($said['exp'] ?? 0) > time();
    return $isGenuine && $isOurs ? $said : null;
}

/** The public key of this id, in PEM. In a busy app, keep the answer for five minutes (apcu_store). */
function public_key(string $kid): ?string
{
    foreach (json_decode(ask('GET', '/vwr/' . room() . '/jwks.json'), true)['keys'] as $key) {
        if ($key['kid'] === $kid) {
            $point = "\x04" . decoded($key['x']) . decoded($key['y']);
            $der = hex2bin('3059301306072a8648ce3d020106082a8648ce3d030107034200') . $point; // of P-256
            return "-----BEGIN PUBLIC KEY-----\n" . chunk_split(base64_encode($der)) . '-----END PUBLIC KEY-----';
        }
    }
    return null;
}

function decoded(string $part): string
{
    return (string) base64_decode(strtr($part, '-_', '+/'));
}

/** A signature as OpenSSL reads it: two whole numbers, which a JWT has one after the other. */
function in_der(string $signature): string
{
    $numbers = '';
    foreach (str_split($signature, 32) as $number) {
        $number = ltrim($number, "\0") ?: "\0";
        $number = ord($number[0]) > 127 ? "\0$number" : $number;
        $numbers .= "\x02" . chr(strlen($number)) . $number;
    }
    return "\x30" . chr(strlen($numbers)) . $numbers;
}

/** @param string[] $headers */
function ask(string $method, string $where, array $headers = []): string
{
    $options = ['method' => $method, 'header' => [...$headers, 'Content-Length: 0'], 'timeout' => 5];
    $answer = file_get_contents(url() . $where, false, stream_context_create(['http' => $options]));
    return $answer === false ? throw new \RuntimeException("the room does not answer at $where") : $answer;
}
