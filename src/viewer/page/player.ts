/** The time of the episode: where it is, whether it runs, how fast. */
export interface Player {
  readonly frame: number;
  readonly playing: boolean;
  readonly speed: number;
  play(): void;
  pause(): void;
  toggle(): void;
  /** Goes to a frame, which may lie between two. */
  seek(frame: number): void;
  setSpeed(speed: number): void;
  /** Lets the time pass. */
  advance(milliseconds: number): void;
}

/** A player of so many frames; `onChange` is called whenever anything is different. */
export function createPlayer({ frames, secondsPerFrame, onChange }: { frames: number; secondsPerFrame: number; onChange: () => void }): Player {
  const last = frames - 1;
  let [frame, playing, speed] = [0, false, 1];
  const player: Player = {
    get frame() { return frame; },
    get playing() { return playing; },
    get speed() { return speed; },
    play: () => {
      if (frame >= last) frame = 0;
      playing = last > 0;
      onChange();
    },
    pause: () => {
      playing = false;
      onChange();
    },
    toggle: () => (playing ? player.pause() : player.play()),
    seek: (to) => {
      frame = Math.min(last, Math.max(0, Number.isFinite(to) ? to : 0));
      onChange();
    },
    setSpeed: (to) => {
      speed = to;
      onChange();
    },
    advance: (milliseconds) => {
      if (!playing) return;
      frame = Math.min(last, frame + (speed * milliseconds) / 1000 / secondsPerFrame);
      if (frame >= last) playing = false;
      onChange();
    },
  };
  return player;
}
