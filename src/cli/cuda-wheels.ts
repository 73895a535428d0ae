/** The wheels from which `llmdpd setup cuda` installs: JAX's CUDA plug-in and the libraries of NVIDIA that it names. */
export interface CudaWheel {
  readonly name: string;
  readonly version: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface CudaRelease {
  /** The oldest driver for Linux that NVIDIA documents for this major version of CUDA. */
  readonly driver: number;
  /** Bytes on disk when unpacked. */
  readonly unpacked: number;
  /** The plug-in first. Those of jax-cuda1x-plugin[with-cuda] 0.10.2 for linux-x64. */
  readonly wheels: readonly CudaWheel[];
}

export const cudaReleases: Readonly<Record<"13" | "12", CudaRelease>> = {
  "13": {
    driver: 580,
    unpacked: 4_100_000_000,
    wheels: [
      { name: "jax-cuda13-pjrt", version: "0.10.2", bytes: 124_395_292, sha256: "a97e9cabe0e21d8dbcc70bd909ca1c34cd546d3ce2d94b4cd907a8d4f6179f6a" },
      { name: "nvidia-cublas", version: "13.10.0.20", bytes: 444_289_903, sha256: "dcc6d63884c53d07e267ce7e6feac17b2538cebaafec5db865736c3e28e4dc84" },
      { name: "nvidia-cuda-cupti", version: "13.5.25", bytes: 12_592_974, sha256: "9dcca41c12a734192b14e7128ae116bc9ce1b9da686e2ebf48ae7a4415f76650" },
      { name: "nvidia-cuda-nvcc", version: "13.5.37", bytes: 47_028_279, sha256: "f5c4f7ead5d964fb4af42bbf1e6d3ec3c1e6e9d83b53749f691d387e7fcaa3a7" },
      { name: "nvidia-cuda-nvrtc", version: "13.5.37", bytes: 58_185_930, sha256: "86b4d68058807988b7d9af5b44917a0601e9c337f35ccd657bfb3c759ff8d8bc" },
      { name: "nvidia-cuda-runtime", version: "13.5.37", bytes: 2_504_024, sha256: "df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d" },
      { name: "nvidia-cudnn-cu13", version: "9.28.1.4", bytes: 516_817_937, sha256: "a54f205b1db1f2895d99f398754db1369816f0569dd459731f925635cf7b65ec" },
      { name: "nvidia-cufft", version: "12.5.0.14", bytes: 165_072_555, sha256: "b8be26837a5abad2b5b74f3e92dd29f622a42934b355be0961a48712cbba23ad" },
      { name: "nvidia-cusolver", version: "12.4.1.2", bytes: 260_003_940, sha256: "b3b8e02fd2f2df869369af075dc3a179d43f6f7b85e94632a7dce556697be044" },
      { name: "nvidia-cusparse", version: "12.9.4.2", bytes: 230_422_857, sha256: "072667e58c851a318738f5527a12eb225cbf058803f2ea451c722d8cf8edddec" },
      { name: "nvidia-nccl-cu13", version: "2.32.3", bytes: 305_100_071, sha256: "1459723080ac889d73a26edfa3e04383a7928ab31ac8f0ec43b3ea9548b04ff3" },
      { name: "nvidia-nvjitlink", version: "13.5.37", bytes: 46_642_491, sha256: "280d7cb9649704145f074b8dbde500de04ce02d0872e066e20a83c17bcaa93eb" },
      { name: "nvidia-nvshmem-cu13", version: "3.8.0", bytes: 182_092_449, sha256: "81a4d1f666543e6d34df6d2ff940c7da1435e34e186aab6f3c2b48861b64ef38" },
      { name: "nvidia-nvvm", version: "13.5.37", bytes: 75_141_406, sha256: "c41bfa362e407405163f103c2229f0765f8cc2ed7d148b754dc77f228bf7e070" },
      { name: "nvidia-cuda-cccl", version: "13.3.5.0.6", bytes: 4_113_651, sha256: "d5230098fa2df5021e1a00c0c4eee41797671a91119d31e892463e5ccf3ee326" },
      { name: "nvidia-cuda-crt", version: "13.5.37", bytes: 166_163, sha256: "e898b7f73d3035fa89915a3f7bf3b54a73e90249746111aed295822c4729bb29" },
    ],
  },
  "12": {
    driver: 525,
    unpacked: 5_300_000_000,
    wheels: [
      { name: "jax-cuda12-pjrt", version: "0.10.2", bytes: 174_364_763, sha256: "806d1fd29038b6acf5a2b289dd62192abea977ee26aef60ea295b1d28a23acf8" },
      { name: "nvidia-cublas-cu12", version: "12.9.3.13", bytes: 581_217_458, sha256: "d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72" },
      { name: "nvidia-cuda-cupti-cu12", version: "12.9.79", bytes: 10_814_997, sha256: "096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f" },
      { name: "nvidia-cuda-nvcc-cu12", version: "12.9.86", bytes: 40_546_229, sha256: "5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0" },
      { name: "nvidia-cuda-nvrtc-cu12", version: "12.9.86", bytes: 89_568_129, sha256: "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4" },
      { name: "nvidia-cuda-runtime-cu12", version: "12.9.79", bytes: 3_493_179, sha256: "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3" },
      { name: "nvidia-cudnn-cu12", version: "9.28.0.42", bytes: 716_538_495, sha256: "9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375" },
      { name: "nvidia-cufft-cu12", version: "11.4.1.4", bytes: 200_877_592, sha256: "c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28" },
      { name: "nvidia-cusolver-cu12", version: "11.7.5.82", bytes: 338_117_415, sha256: "15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88" },
      { name: "nvidia-cusparse-cu12", version: "12.5.10.65", bytes: 366_465_088, sha256: "73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78" },
      { name: "nvidia-nccl-cu12", version: "2.32.3", bytes: 351_526_311, sha256: "bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c" },
      { name: "nvidia-nvjitlink-cu12", version: "12.9.86", bytes: 39_748_338, sha256: "e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9" },
      { name: "nvidia-nvshmem-cu12", version: "3.8.0", bytes: 280_800_183, sha256: "b2e5760d6158aefe7bb74348d5128bb1b46a7dd1fd4b7b1e6fe55b4b07888f70" },
      { name: "nvidia-cuda-cccl-cu12", version: "12.9.27", bytes: 3_152_243, sha256: "37869e17ce2e1ecec6eddf1927cca0f8c34e64fd848d40453df559091e2d7117" },
    ],
  },
};
