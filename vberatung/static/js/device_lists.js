/** Cameras, microphones and speakers to choose from. */

/** @typedef {'videoinput' | 'audioinput' | 'audiooutput'} Sort */

/**
 * @param {MediaStreamTrack} [track]
 * @returns {string} the id of the device that it comes from; '' when there is none, or the engine does not say
 */
export function deviceOf(track) {
  return (track && track.getSettings && track.getSettings().deviceId) || '';
}

/**
 * Fills each list with what there is now.
 * @param {Sort[]} sorts
 * @param {(sort: Sort) => HTMLSelectElement} listOf
 * @param {(sort: Sort) => string} used  the id of the device that is used now
 * @param {{unnamed: string, none: string}} words  for a device that the browser does not name yet; when there is no device
 */
export function fillLists(sorts, listOf, used, words) {
  if (!navigator.mediaDevices || !navigator.mediaDevices.enumerateDevices) return Promise.resolve();
  return navigator.mediaDevices.enumerateDevices().then(devices => sorts.forEach(sort => {
    const select = listOf(sort);
    const found = devices.filter(device => device.kind === sort);
    while (select.firstChild) select.removeChild(select.firstChild);
    found.forEach((device, number) => add(select, device.deviceId, device.label || words.unnamed + ' ' + (number + 1)));
    if (!found.length) add(select, '', words.none);
    select.disabled = found.length < 2;
    select.value = used(sort) || (found[0] ? found[0].deviceId : '');
  }));
}

/** @param {HTMLSelectElement} select @param {string} value @param {string} label */
function add(select, value, label) {
  const option = document.createElement('option');
  option.value = value;
  option.textContent = label;
  select.appendChild(option);
}
