// What only some visitors of the waiting page need, loaded when they do.
let audio, counting;
const el = (id) => document.getElementById(id);

export const chosen = ({ id, checked }, memory) => {
  memory["vwr-" + id] = checked ? 1 : "";
  if (id == "sound" && checked) beep();
  if (id == "notify" && checked) self.Notification?.requestPermission();
};

export const signal = (text) => {
  if (el("sound").checked) beep();
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.([200, 100, 200]);
  if (!el("notify").checked || !document.hidden) return;
  try {
    new Notification(text, { body: el("site").textContent, tag: "vwr" });
  } catch {
    // Android shows notifications of service workers only.
  }
};

const beep = () => {
  audio ??= new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.connect(volume).connect(audio.destination);
  volume.gain.setValueAtTime(0.3, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.8);
  tone.start();
  tone.stop(audio.currentTime + 0.8);
};

export const countDown = ({ opens_at, server_time }, phase) => {
  const opens = Date.now() + (opens_at - server_time) * 1000;
  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  const show = () => {
    const left = Math.ceil((opens - Date.now()) / 1000);
    const isNear = phase() == "scheduled" && left > 0 && left < 86400;
    el("countdown").hidden = !isNear;
    const text = `${two(left / 3600)}:${two((left / 60) % 60)}:${two(left % 60)}`;
    el("countdown").textContent = isNear ? text : "";
    if (!isNear) clearInterval(counting);
  };
  clearInterval(counting);
  counting = setInterval(show, 1000);
  show();
};

export const submitted = async (form, { call, heard, join, words, view, reload }) => {
  if (form.id == "language") {
    document.cookie = `vwr_lang=${form.lang.value};path=/;max-age=31536000;samesite=lax`;
    // A reload keeps the fragment of the wanted address.
    if (reload) location.reload();
    else form.submit();
  } else if (form.id == "join") {
    if (/missed|ended/.test(view.you)) await call("/leave", "POST");
    await join();
  } else if (confirm(words.sure)) {
    heard({ ...(await call("/leave", "POST")), position: null });
  }
};
