#include "server/access/page_origin.h"

#include <gtest/gtest.h>

#include <string>

namespace hearth {
namespace {

TEST(PageOrigin, HasASchemeAndAnAuthority) {
  const auto check = [](const std::string& text, const std::string& scheme, const std::string& authority) {
    const auto origin = parse_origin(text);
    ASSERT_TRUE(origin) << text;
    EXPECT_EQ(origin->scheme, scheme) << text;
    EXPECT_EQ(origin->authority, authority) << text;
  };
  check("https://app.example", "https", "app.example");
  check("HTTP://localhost:5173", "http", "localhost:5173");
  check("http://[::1]:3000", "http", "[::1]:3000");
  check("tauri://localhost", "tauri", "localhost");
  check("app://obsidian.md", "app", "obsidian.md");
  check("app://.", "app", ".");
  check("vscode-webview://0Abc-9_~", "vscode-webview", "0Abc-9_~");
  check("file://", "file", "");
}

TEST(PageOrigin, IsNothingElse) {
  for (const char* text : {"",
                           "null",
                           "://x",
                           "app",
                           "app:",
                           "app:/",
                           "app:evil",
                           "app:/x",
                           "app//x",
                           " app://x",
                           "app://x ",
                           "1app://x",
                           "a pp://x",
                           "https://app://x",
                           "https://app:evil",
                           "app://x/",
                           "app://x/path",
                           "file:///",
                           "file:///etc/passwd",
                           "app://x?a",
                           "app://x#a",
                           "app://user@x",
                           "app://a:b@x",
                           "app://x:",
                           "app://x:y",
                           "app://x:123456",
                           "app://:80",
                           "app://x,https://evil.example",
                           "app://x https://evil.example",
                           "app://x\\y",
                           "app://*",
                           "app://%61",
                           "app://ü",
                           "app://[::1",
                           "app://[::1]x",
                           "app://[x y]",
                           "app://'x'"}) {
    EXPECT_FALSE(parse_origin(text)) << text;
  }
  EXPECT_FALSE(parse_origin("app://" + std::string(300, 'x')));
}

TEST(PageOrigin, IsAProgramsByItsWholeScheme) {
  for (const char* text : {"app://x", "APP://x", "tauri://localhost", "Tauri://localhost", "tauri://localhost.evil",
                           "vscode-webview://0abc", "file://", "FILE://"}) {
    const auto origin = parse_origin(text);
    EXPECT_TRUE(origin && is_program_origin(*origin)) << text;
  }
  for (const char* text : {"apps://x", "ap://x", "xapp://x", "app.x://x", "x+app://x", "vscode://x", "webview://x",
                           "files://", "https://app", "https://tauri", "http://file", "web+app://x", "blob://x"}) {
    const auto origin = parse_origin(text);
    EXPECT_TRUE(origin && !is_program_origin(*origin)) << text;
  }
}

}  // namespace
}  // namespace hearth
