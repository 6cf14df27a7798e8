/**
 * Whoever reads this page with JavaScript came here because the room's scripts were not loaded yet
 * when the button was pressed: back to the room, which now joins by itself.
 */
location.replace(document.querySelector('[data-room-url]').getAttribute('data-room-url'));
