#include "server/access/access_control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/http/error_answer.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;
using Clock = AccessControl::Clock;

constexpr const char* kSecret = "correct-horse-battery";

HttpRequest request_with(std::vector<HttpHeader> headers) {
  HttpRequest request;
  request.method = "POST";
  request.headers = std::move(headers);
  return request;
}

/// The status that it is refused with, 0 when it is not.
template <typename Work>
int status_of(const Work& work) {
  try {
    work();
  } catch (const HttpError& error) {
    EXPECT_THAT(error.message() + error.hint(), ::testing::Not(HasSubstr(kSecret)));
    return describe(error).status;
  }
  return 0;
}

AccessOptions with_keys() {
  AccessOptions options;
  options.keys = {make_api_key("chat", kSecret, {Scope::kChat}),
                  make_api_key("admin", "another-long-secret", {Scope::kAdmin})};
  return options;
}

TEST(AccessControl, AnswersLoopbackAndConfiguredHostsOnly) {
  AccessOptions options;
  options.allowed_hosts = {"hearth.lan", "*.example.org"};
  const AccessControl access(options, {"127.0.0.1"});
  const auto check = [&](const std::string& host) { return status_of([&] { access.check_host(&host); }); };
  for (const char* host :
       {"localhost", "localhost:11434", "LOCALHOST.", "127.0.0.1:1", "127.1.2.3", "[::1]:80", "[::1]",
        "[0:0:0:0:0:0:0:1]", "a.localhost", "hearth.lan:8080", "a.b.example.org", "host.docker.internal:11434",
        "HOST.Docker.Internal", "box.local", "box.local.:80", "x.localhost:1"}) {
    EXPECT_EQ(check(host), 0) << host;
  }
  for (const char* host : {"evil.example",
                           "localhost.evil.example",
                           "127.0.0.1.evil.example",
                           "192.168.1.4",
                           "[::2]",
                           "example.org",
                           "hearth.lan.evil.example",
                           "0x7f000001",
                           "2130706433",
                           "128.0.0.1",
                           "evil.local.example.com",
                           "x.internal.evil.com",
                           "X.INTERNAL.EVIL.COM.",
                           "local",
                           "local.",
                           "internal:80",
                           "xlocal",
                           "x.notinternal",
                           "x-local",
                           "ollama"}) {
    EXPECT_EQ(check(host), 403) << host;
  }
  for (const char* host : {"", "a b", "localhost:80x", "localhost:123456", "[::1", "[::1]x", "a@localhost", "a/b",
                           "localhost,evil.example", "[127.0.0.1]", ".local", "x..local", "x.local..",
                           "evil.example@x.internal", "x.internal@evil.example", "x.internal:80@evil.example",
                           "evil.example/.local", "evil.example#.local", "evil.example%00.local"}) {
    EXPECT_EQ(check(host), 400) << host;
  }
  EXPECT_EQ(status_of([&] { access.check_host(nullptr); }), 0);
}

TEST(AccessControl, AnswersToTheNamesOfItsMachine) {
  const AccessControl access({}, {"127.0.0.1"}, {"box", "laptop.example.com"});
  const auto check = [&](const std::string& host) { return status_of([&] { access.check_host(&host); }); };
  for (const char* host : {"box", "BOX:11434", "Box.", "laptop.example.com:80"}) EXPECT_EQ(check(host), 0) << host;
  for (const char* host :
       {"box2", "xbox", "box.example.com", "laptop", "evil.laptop.example.com", "example.com", "192.168.1.4"}) {
    EXPECT_EQ(check(host), 403) << host;
  }
}

TEST(AccessControl, AnswersToAnyNameWhereOthersCanReachItWithAKey) {
  const AccessControl access(with_keys(), {"127.0.0.1", "0.0.0.0"});
  const auto check = [&](const std::string& host) { return status_of([&] { access.check_host(&host); }); };
  for (const char* host : {"192.168.1.4:11434", "[fe80::1]", "box:11434", "hearth.example.com", "ollama:11434"}) {
    EXPECT_EQ(check(host), 0) << host;
  }
  for (const char* host : {"", "a b", "a@b", "a/b", "x..y"}) EXPECT_EQ(check(host), 400) << host;
  // What makes that safe: a page that has brought its name here gets no further than any stranger.
  AccessControl rebound(with_keys(), {"0.0.0.0"});
  HttpRequest request = request_with({{"Host", "evil.example"}, {"Origin", "http://evil.example"}});
  for (const Scope scope : {Scope::kAny, Scope::kChat, Scope::kEmbed, Scope::kManage, Scope::kAdmin}) {
    EXPECT_EQ(status_of([&] { rebound.admit(request, scope, "10.0.0.1", Clock::now()); }), 401);
  }
  // On loopback a key is no reason to answer to other names.
  const AccessControl local(with_keys(), {"127.0.0.1"});
  const std::string evil = "evil.example";
  EXPECT_EQ(status_of([&] { local.check_host(&evil); }), 403);
}

TEST(AccessControl, AnswersWithoutKeysOnlyToNamesThatNoSiteCanHave) {
  AccessOptions options;
  options.insecure = true;
  const AccessControl access(options, {"0.0.0.0"}, {"box"});
  const auto check = [&](const std::string& host) { return status_of([&] { access.check_host(&host); }); };
  for (const char* host : {"192.168.1.4:11434", "[fe80::1]", "box", "ollama:11434", "OLLAMA.", "my_service:80",
                           "host.docker.internal", "localhost"}) {
    EXPECT_EQ(check(host), 0) << host;
  }
  for (const char* host : {"evil.example", "ollama.evil.example", "192.168.1.4.evil.example", "box.evil.example"}) {
    EXPECT_EQ(check(host), 403) << host;
  }
  for (const char* host : {"ollama..", ".ollama", "evil.example@ollama"}) EXPECT_EQ(check(host), 400) << host;
}

/// Message and hint of what `work` is refused with.
template <typename Work>
std::string refusal_of(const Work& work) {
  try {
    work();
  } catch (const HttpError& error) {
    return error.message() + "; " + error.hint();
  }
  return "";
}

TEST(AccessControl, SaysHowToAllowWhatItRefuses) {
  const AccessControl access({}, {"127.0.0.1"});
  const auto host = [&](const std::string& name) { return refusal_of([&] { access.check_host(&name); }); };
  const auto origin = [&](const std::string& text) {
    return refusal_of([&] { access.check_origin(request_with({{"Host", "localhost"}, {"Origin", text}})); });
  };
  EXPECT_THAT(host("Hearth.LAN:80"), HasSubstr("--allow-host 'hearth.lan'"));
  EXPECT_THAT(host("hearth.lan"), HasSubstr("serve.allow_hosts"));
  const std::string longest = std::string(200, 'a') + ".example.org";
  EXPECT_THAT(host(longest), HasSubstr("--allow-host '" + longest + "'"));
  EXPECT_THAT(origin("https://app.example:8443"), HasSubstr("--allow-origin 'https://app.example:8443'"));
  EXPECT_THAT(origin("https://app.example"), HasSubstr("serve.allow_origins"));
  EXPECT_THAT(origin("null"), HasSubstr("would let all in"));
  // What is no origin does not get into a command that somebody may copy.
  for (const std::string& text : {std::string("https://x'; rm -rf ~; '"), std::string("x[2J"), std::string("app:x"),
                                  "https://" + std::string(5000, 'x')}) {
    EXPECT_THAT(origin(text), HasSubstr("--allow-origin '*'")) << text;
    EXPECT_LT(origin(text).size(), 400U);
  }
}

TEST(AccessControl, LetsOnlyLocalPagesAndConfiguredOnesCall) {
  AccessOptions options;
  options.allowed_origins = {"https://app.example", "capacitor://*", "https://*.pages.example"};
  const AccessControl access(options, {"127.0.0.1"});
  const auto check = [&](const std::string& origin, const char* host = "localhost") {
    return status_of([&] { access.check_origin(request_with({{"Host", host}, {"Origin", origin}})); });
  };
  for (const char* origin : {"http://localhost", "http://localhost:5173", "https://127.0.0.1:8443", "http://[::1]:3000",
                             "https://app.example", "https://a.pages.example", "capacitor://localhost"}) {
    EXPECT_EQ(check(origin), 0) << origin;
  }
  for (const char* origin :
       {"https://evil.example", "http://app.example", "https://app.example.evil.example", "https://app.example:444",
        "null", "", "http://localhost.evil.example", "http://localhost@evil.example", "ftp://localhost"}) {
    EXPECT_EQ(check(origin), 403) << origin;
  }
  // The page that comes from here.
  EXPECT_EQ(check("http://hearth.lan:8080", "hearth.lan:8080"), 0);
  EXPECT_EQ(check("http://hearth.lan:8080", "hearth.lan"), 403);
}

TEST(AccessControl, LetsProgramsOfThisMachineCall) {
  const AccessControl access({}, {"127.0.0.1"});
  const auto check = [&](const std::string& origin) {
    return status_of([&] { access.check_origin(request_with({{"Host", "localhost"}, {"Origin", origin}})); });
  };
  for (const char* origin : {"app://obsidian.md", "app://.", "tauri://localhost", "TAURI://localhost",
                             "tauri://localhost.evil", "vscode-webview://0abc", "file://"}) {
    EXPECT_EQ(check(origin), 0) << origin;
  }
  for (const char* origin :
       {"null", "https://app://x", "app:evil", "apps://x", "xapp://x", "app://x/y", "app://a@x", "file:///etc/passwd",
        "app://x, https://evil.example", "chrome-extension://abc", "data://x", "javascript://x", "https://tauri",
        "https://app.evil.example", "https://file", "NULL"}) {
    EXPECT_EQ(check(origin), 403) << origin;
  }
}

TEST(AccessControl, RefusesWhatOtherSitesEmbed) {
  const AccessControl access({}, {"127.0.0.1"});
  const auto check = [&](std::vector<HttpHeader> headers) {
    return status_of([&] { access.check_origin(request_with(std::move(headers))); });
  };
  EXPECT_EQ(check({}), 0);
  EXPECT_EQ(check({{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Mode", "no-cors"}}), 0);
  EXPECT_EQ(check({{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}}), 0);
  EXPECT_EQ(check({{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "no-cors"}}), 403);
}

TEST(AccessControl, AllowsEverythingWithoutKeys) {
  AccessControl access({}, {"127.0.0.1"});
  HttpRequest request = request_with({{"Authorization", "Bearer whatever-clients-send"}});
  for (const Scope scope : {Scope::kPublic, Scope::kAny, Scope::kChat, Scope::kAdmin}) {
    EXPECT_EQ(status_of([&] { access.admit(request, scope, "127.0.0.1", Clock::now()); }), 0);
    EXPECT_FALSE(request.principal.authenticated);
    EXPECT_TRUE(request.principal.may(scope));
  }
}

TEST(AccessControl, TakesAKeyInEachHeaderThatClientsUse) {
  AccessControl access(with_keys(), {"127.0.0.1"});
  const std::string secret = kSecret;
  for (const HttpHeader& header : std::vector<HttpHeader>{{"Authorization", "Bearer " + secret},
                                                          {"authorization", "bearer  " + secret},
                                                          {"x-api-key", secret},
                                                          {"Api-Key", secret}}) {
    HttpRequest request = request_with({header});
    EXPECT_EQ(status_of([&] { access.admit(request, Scope::kChat, "a", Clock::now()); }), 0) << header.name;
    EXPECT_TRUE(request.principal.authenticated);
    EXPECT_EQ(request.principal.key_name, "chat");
  }
  for (const HttpHeader& header : std::vector<HttpHeader>{{"Authorization", secret},
                                                          {"Authorization", "Basic " + secret},
                                                          {"Authorization", "Bearer"},
                                                          {"Authorization", "Bearer "},
                                                          {"x-api-key", secret + "x"},
                                                          {"x-api-key", secret.substr(1)},
                                                          {"x-api-key", ""},
                                                          {"x-api-key", std::string(100'000, 'x')},
                                                          {"x-other", secret}}) {
    HttpRequest request = request_with({header});
    EXPECT_EQ(status_of([&] { access.admit(request, Scope::kAny, "a", Clock::now()); }), 401) << header.value;
  }
}

TEST(AccessControl, LooksAtTheScopesOfAKey) {
  AccessControl access(with_keys(), {"127.0.0.1"});
  HttpRequest chat = request_with({{"x-api-key", kSecret}});
  HttpRequest admin = request_with({{"x-api-key", "another-long-secret"}});
  HttpRequest none = request_with({});
  const auto status = [&](HttpRequest& request, Scope scope) {
    return status_of([&] { access.admit(request, scope, "a", Clock::now()); });
  };
  EXPECT_EQ(status(chat, Scope::kChat), 0);
  EXPECT_EQ(status(chat, Scope::kAny), 0);
  EXPECT_EQ(status(chat, Scope::kEmbed), 403);
  EXPECT_EQ(status(chat, Scope::kManage), 403);
  EXPECT_EQ(status(chat, Scope::kAdmin), 403);
  for (const Scope scope : {Scope::kAny, Scope::kChat, Scope::kEmbed, Scope::kManage, Scope::kAdmin}) {
    EXPECT_EQ(status(admin, scope), 0);
    EXPECT_EQ(status(none, scope), 401);
  }
  EXPECT_EQ(status(none, Scope::kPublic), 0);
}

TEST(AccessControl, LimitsGuessingOfKeys) {
  AccessControl access(with_keys(), {"0.0.0.0"});
  const Clock::time_point now = Clock::now();
  HttpRequest wrong = request_with({{"x-api-key", "wrong"}});
  HttpRequest right = request_with({{"x-api-key", kSecret}});
  int refused = 0;
  for (int i = 0; i < 100; ++i) {
    const int status = status_of([&] { access.admit(wrong, Scope::kAny, "10.0.0.1", now); });
    refused += status == 429 ? 1 : 0;
    EXPECT_TRUE(status == 401 || status == 429);
  }
  EXPECT_EQ(refused, 80);
  EXPECT_EQ(status_of([&] { access.admit(wrong, Scope::kAny, "10.0.0.2", now); }), 401);
  EXPECT_EQ(status_of([&] { access.admit(right, Scope::kChat, "10.0.0.1", now); }), 0);
  EXPECT_EQ(status_of([&] { access.admit(wrong, Scope::kAny, "10.0.0.1", now + std::chrono::seconds(1)); }), 401);
}

TEST(AccessControl, ForgetsAddressesRatherThanGrow) {
  AccessOptions options;
  options.requests_per_minute = 60;
  AccessControl access(options, {"127.0.0.1"});
  const Clock::time_point now = Clock::now();
  HttpRequest request = request_with({});
  for (int i = 0; i < 30'000; ++i) {
    EXPECT_EQ(status_of([&] { access.admit(request, Scope::kChat, std::to_string(i), now); }), 0);
  }
}

TEST(AccessControl, CountsRunningRequestsOfAKey) {
  AccessOptions options = with_keys();
  options.keys[0].max_concurrent = 2;
  AccessControl access(options, {"127.0.0.1"});
  HttpRequest request = request_with({{"x-api-key", kSecret}});
  auto first = access.admit(request, Scope::kChat, "a", Clock::now());
  auto second = access.admit(request, Scope::kChat, "a", Clock::now());
  EXPECT_EQ(status_of([&] { access.admit(request, Scope::kChat, "a", Clock::now()); }), 429);
  first.reset();
  EXPECT_EQ(status_of([&] { first = access.admit(request, Scope::kChat, "a", Clock::now()); }), 0);
  EXPECT_EQ(status_of([&] { access.admit(request, Scope::kChat, "a", Clock::now()); }), 429);
}

TEST(AccessControl, RemembersUnderNewRulesWhoRunsAndWhoHasUsedUpARate) {
  AccessOptions options = with_keys();
  options.keys[0].requests_per_minute = 2;
  AccessControl first(options, {"0.0.0.0"});
  const Clock::time_point now = Clock::now();
  HttpRequest chat = request_with({{"x-api-key", kSecret}});
  HttpRequest admin = request_with({{"x-api-key", "another-long-secret"}});
  HttpRequest wrong = request_with({{"x-api-key", "wrong"}});
  const auto status = [&](AccessControl& access, HttpRequest& request) {
    return status_of([&] { access.admit(request, Scope::kChat, "10.0.0.1", now); });
  };
  auto running = first.admit(admin, Scope::kChat, "10.0.0.2", now);  // no limit yet
  EXPECT_EQ(status(first, chat), 0);
  EXPECT_EQ(status(first, chat), 0);
  for (int i = 0; i < 100; ++i) status(first, wrong);

  options.keys[0].requests_per_minute = 10;
  options.keys[1].max_concurrent = 1;
  AccessControl second(options, {"0.0.0.0"});
  second.take_over(first, now);
  EXPECT_EQ(status(second, chat), 429);
  EXPECT_EQ(status(second, wrong), 429);
  EXPECT_EQ(status(second, admin), 429);
  running.reset();  // given out by the rules before
  EXPECT_EQ(status(second, admin), 0);

  // Another secret is another key, whatever its name.
  options.keys[0] = make_api_key("chat", "correct-horse-battery-2", {Scope::kChat});
  options.keys[0].requests_per_minute = 12;
  AccessControl third(options, {"0.0.0.0"});
  third.take_over(second, now);
  HttpRequest renewed = request_with({{"x-api-key", "correct-horse-battery-2"}});
  EXPECT_EQ(status(third, renewed), 0);
}

TEST(AccessControl, RefusesKeysThatCannotBe) {
  const auto refuses = [](const std::function<void(AccessOptions&)>& change) {
    AccessOptions options = with_keys();
    change(options);
    EXPECT_THROW(AccessControl(options, {}), Error);
  };
  refuses([](AccessOptions& o) { o.keys[1].name = "chat"; });
  refuses([](AccessOptions& o) { o.keys[0].scopes.clear(); });
  refuses([](AccessOptions& o) { o.keys[0].sha256 = kSecret; });
  refuses([](AccessOptions& o) { o.keys[0].sha256.pop_back(); });
  refuses([](AccessOptions& o) { o.keys[0].requests_per_minute = -1; });
  refuses([](AccessOptions& o) { o.keys[0].requests_per_minute = std::nan(""); });
  refuses([](AccessOptions& o) { o.requests_per_minute = -1; });
  EXPECT_THROW(make_api_key("a", "short", {Scope::kChat}), Error);
  EXPECT_THROW(make_api_key("a", "with blanks in between", {Scope::kChat}), Error);
  EXPECT_THROW(make_api_key("a", std::string(600, 'x'), {Scope::kChat}), Error);
}

TEST(AccessControl, KnowsTheScopesByName) {
  for (const char* name : {"chat", "embed", "manage", "admin"}) EXPECT_STREQ(scope_name(parse_scope(name)), name);
  for (const char* name : {"", "public", "any", "Chat", "root"}) EXPECT_THROW(parse_scope(name), Error) << name;
}

TEST(AccessControl, HashesKeysAsSha256Does) {
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(key_hash_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(parse_key_hash(key_hash_hex("abc"), "x"), key_hash("abc"));
}

}  // namespace
}  // namespace hearth
