<?php

// The shop's pages.

declare(strict_types=1);

// The waiting room's address at which the visitor's own session ends: the next in line may enter.
const END_OF_SESSION = '/vwr/main/complete';
// Where whoever is done gets a new place in line.
const NEW_PLACE = '/vwr/main/leave?next=/tickets&amp;join=1';

function home(): void
{
    page('The Night Ferry', <<<'HTML'
        <div class="sea" aria-hidden="true"><div class="ferry"></div></div>
        <h1>The Night Ferry</h1>
        <p class="soft">Once a year she sails around the islands until sunrise.</p>
        <p>Everybody wants to come along, and she has few seats. If many come at once, you keep your
        place in line.</p>
        <p><a class="button" id="reserve" href="/tickets">Choose a seat</a></p>
        HTML);
}

function tickets(array $trips): void
{
    $choices = '';
    foreach ($trips as $key => ['name' => $name, 'price' => $price]) {
        $checked = $choices === '' ? ' checked' : '';
        $choices .= "<label><input type=\"radio\" name=\"trip\" value=\"$key\"$checked> $name <b>$price €</b></label>\n";
    }
    page('Choose a seat', <<<HTML
        <h1>You are in</h1>
        <p class="soft">Take your time, but not the whole night: others are waiting.</p>
        <form method="post" action="/tickets/purchase">
          <fieldset>
            <legend>The Night Ferry</legend>
            $choices
          </fieldset>
          <button class="button" id="purchase">Buy this seat</button>
        </form>
        HTML);
}

function receipt(array $trip, string $number): void
{
    $number = htmlspecialchars($number);
    [$end, $again] = [END_OF_SESSION, NEW_PLACE];
    page('Your ticket', <<<HTML
        <h1>See you on board!</h1>
        <div class="ticket">
          <p>{$trip['name']}<br><span class="soft">The Night Ferry, from pier 3 at ten</span></p>
          <p class="number" id="number">$number</p>
        </div>
        <p>Your seat is booked, and the next in line is let in.</p>
        <form method="post" action="$again">
          <button class="button" id="again">Start over</button>
        </form>
        <script>navigator.sendBeacon("$end")</script>
        HTML);
}

function sorry(string $why): void
{
    page('Sorry', "<h1>Sorry</h1>\n<p>$why</p>\n<p><a class=\"button\" href=\"/\">To the ferry</a></p>");
}

function page(string $title, string $main): void
{
    header('Content-Type: text/html; charset=utf-8');
    echo <<<HTML
        <!doctype html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <title>$title · The Night Ferry</title>
          <link rel="icon" href="data:,">
          <link rel="stylesheet" href="/shop.css">
        </head>
        <body>
          <header><a href="/">The Night Ferry</a></header>
          <main>
        $main
          </main>
        </body>
        </html>
        HTML;
}
