# Two addons, one target each. Sources are whatever *.cpp lies in the folder; only addon.cpp includes napi.h.
{
  "variables": {
    "napi_include": "<!(node -p \"require('node-addon-api').include_dir\")"
  },
  "target_defaults": {
    "include_dirs": ["<(napi_include)"],
    "defines": [
      "NAPI_VERSION=8",
      "NAPI_DISABLE_CPP_EXCEPTIONS",
      "NODE_ADDON_API_DISABLE_DEPRECATED",
      "_GNU_SOURCE"
    ],
    "cflags": ["-Wall", "-Wextra", "-O2", "-fvisibility=hidden"],
    "cflags_cc": ["-std=c++17"]
  },
  "targets": [
    {
      "target_name": "udp",
      "sources": ["<!@(node -p \"require('fs').readdirSync('udp').filter(f => f.endsWith('.cpp')).map(f => 'udp/' + f).join(' ')\")"]
    },
    {
      "target_name": "relay",
      "sources": ["<!@(node -p \"require('fs').readdirSync('relay').filter(f => f.endsWith('.cpp')).map(f => 'relay/' + f).join(' ')\")", "udp/sharing.cpp"],
      "libraries": ["-lpthread"]
    }
  ]
}
