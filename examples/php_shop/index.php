<?php

// A ticket shop in plain PHP: which address shows which page. It stands behind a waiting room and has no code for it: all
// that it knows of the room are the addresses at which a session ends and another may begin, in pages.php.
//
//     php -S 127.0.0.1:3000 -t examples/php_shop

declare(strict_types=1);

require __DIR__ . '/pages.php';

const TRIPS = [
    'deck' => ['name' => 'On deck, under the stars', 'price' => 24],
    'saloon' => ['name' => 'In the saloon, with soup', 'price' => 38],
    'bridge' => ['name' => 'On the bridge, beside the captain', 'price' => 65],
];

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$posted = $_SERVER['REQUEST_METHOD'] === 'POST';

if ($path === '/') {
    home();
} elseif ($path === '/tickets') {
    tickets(TRIPS);
} elseif ($path === '/tickets/purchase' && $posted) {
    $trip = $_POST['trip'] ?? '';
    if (!is_string($trip) || !isset(TRIPS[$trip])) {
        http_response_code(400);
        sorry('There is no such ticket.');
    } else {
        // Here a real shop would take the money and keep the order.
        $number = strtoupper(bin2hex(random_bytes(3)));
        header("Location: /receipt?trip=$trip&number=$number", true, 303);
    }
} elseif ($path === '/receipt' && is_string($_GET['trip'] ?? null) && isset(TRIPS[$_GET['trip']])) {
    receipt(TRIPS[$_GET['trip']], is_string($_GET['number'] ?? null) ? $_GET['number'] : '');
} else {
    http_response_code(404);
    sorry('There is nothing here.');
}
