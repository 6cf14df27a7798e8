// The least that makes a video talk of two. Whoever was there first offers.
const remote = document.getElementById('remote');
const state = document.getElementById('state');
const media = { audio: true, video: { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24 } } };

navigator.mediaDevices.getUserMedia(media).then(stream => {
  document.getElementById('self').srcObject = stream;
  const pc = new RTCPeerConnection();
  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/socket' + location.search);
  const send = message => socket.send(JSON.stringify(message));
  const describe = () => pc.setLocalDescription().then(() => send({ description: pc.localDescription }));

  stream.getTracks().forEach(track => pc.addTrack(track, stream));
  pc.onicecandidate = event => { if (event.candidate) send({ candidate: event.candidate }); };
  pc.oniceconnectionstatechange = () => { state.textContent = pc.iceConnectionState; };
  pc.ontrack = event => { remote.srcObject = event.streams[0]; };
  socket.onopen = () => { state.textContent = 'waiting'; };
  socket.onmessage = event => {
    const message = JSON.parse(event.data);
    if (message.come) describe();
    else if (message.candidate) pc.addIceCandidate(message.candidate);
    else pc.setRemoteDescription(message.description).then(() => { if (message.description.type === 'offer') describe(); });
  };
});
