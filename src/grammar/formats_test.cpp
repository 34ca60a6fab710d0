#include "grammar/formats.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <arpa/inet.h>

#include "base/json.h"
#include "grammar/regex.h"
#include "hearth/error.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

void expect_texts(std::string_view format, const std::vector<std::string>& valid,
                  const std::vector<std::string>& invalid) {
  const DfaPointer texts = format_texts(format);
  ASSERT_NE(texts, nullptr) << format;
  for (const auto& text : valid) EXPECT_TRUE(texts->matches(text)) << format << " refuses " << text;
  for (const auto& text : invalid) EXPECT_FALSE(texts->matches(text)) << format << " takes " << text;
}

TEST(Formats, AreMadeOnceAndUnknownOnesAreNull) {
  EXPECT_EQ(format_texts("nonsense"), nullptr);
  EXPECT_EQ(format_texts(""), nullptr);
  EXPECT_EQ(known_formats().size(), 19U);
  for (const auto format : known_formats()) {
    ASSERT_NE(format_texts(format), nullptr) << format;
    EXPECT_EQ(format_texts(format), format_texts(format));
    EXPECT_FALSE(format_texts(format)->empty());
    EXPECT_TRUE(difference(*format_texts(format), *any_text(), AutomatonLimits{100'000})->empty()) << format;
  }
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

TEST(Formats, DatesAreExactlyTheGregorianCalendars) {
  const DfaPointer dates = format_texts("date");
  const std::array<int, 13> days = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::uint32_t n = 0;
  for (int year = 0; year < 10'000; ++year) {
    for (int month = 0; month <= 13; ++month) {
      for (const int day : {0, 1, 9, 10, 28, 29, 30, 31, 32}) {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", year, month, day);
        const bool known = month >= 1 && month <= 12;
        const int last = !known ? 0 : days[static_cast<std::size_t>(month)] + (month == 2 && is_leap(year) ? 1 : 0);
        ASSERT_EQ(dates->matches(text.data()), day >= 1 && day <= last) << text.data();
      }
    }
    n += is_leap(year) ? 366 : 365;
  }
  EXPECT_EQ(dates->completions(dates->start()), n);
}

TEST(Formats, LeapSecondsAreTheLastOfAUtcDay) {
  const DfaPointer times = format_texts("time");
  int n = 0;
  const auto walk = [&](Dfa::State state, const char* format, int first, int second) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), format, first, second);
    for (const char* c = text.data(); *c != '\0' && state != Dfa::kDead; ++c) {
      state = times->step(state, static_cast<std::uint8_t>(*c));
    }
    return state;
  };
  for (int local = 0; local < 24 * 60; ++local) {
    const Dfa::State at_second = walk(times->start(), "%02d:%02d:60", local / 60, local % 60);
    if (at_second == Dfa::kDead) continue;
    for (int offset = -(23 * 60 + 59); offset < 24 * 60; ++offset) {
      const int minutes = std::abs(offset);
      const auto end = walk(at_second, offset < 0 ? "-%02d:%02d" : "+%02d:%02d", minutes / 60, minutes % 60);
      if (end == Dfa::kDead || !times->accepts(end)) continue;
      ++n;
      ASSERT_EQ((local - offset + 2 * 24 * 60) % (24 * 60), 23 * 60 + 59) << local << ' ' << offset;
    }
  }
  EXPECT_EQ(n, 95);  // every half hour from -23:30 to +23:30
}

TEST(Formats, Times) {
  expect_texts("time",
               {"00:00:00Z", "23:59:59.999+23:59", "12:00:00z", "23:59:60Z", "23:59:60.5-00:00", "05:29:60+05:30"},
               {"", "24:00:00Z", "12:00:00", "12:00Z", "12:00:00.Z", "12:60:00Z", "23:58:60Z", "05:29:60+05:00"});
  expect_texts(
      "date-time",
      {"2024-02-29T12:00:00Z", "1998-12-31T23:59:60Z", "1999-01-01T00:59:60+01:00", "1998-06-30t15:59:60-08:00"},
      {"2023-02-29T12:00:00Z", "1998-12-30T23:59:60Z", "1998-12-31T00:59:60+01:00", "2024-01-01 12:00:00Z",
       "2024-01-01"});
  expect_texts("duration", {"P1Y", "P1Y2M3DT4H5M6S", "PT1M", "P3W", "P1M"},
               {"P", "PT", "P1YT", "P1Y1D", "P1W1D", "P1.5D", "1D"});
}

/// Addresses compared with what the C library reads.
TEST(Formats, AddressesAreInetPtons) {
  std::mt19937 random(7);
  const auto check = [](const std::string& text, int family, const Dfa& dfa) {
    std::array<unsigned char, 16> address{};
    const bool expected = inet_pton(family, text.c_str(), address.data()) == 1;
    EXPECT_EQ(dfa.matches(text), expected) << text;
    return expected;
  };
  const Dfa& v4 = *format_texts("ipv4");
  const Dfa& v6 = *format_texts("ipv6");
  int n4 = 0;
  int n6 = 0;
  const std::vector<std::string> parts = {":",  ":",    ":",     "::",      "0",           "f",
                                          "12", "ABcd", "12345", "1.2.3.4", "255.0.0.256", "g"};
  for (int i = 0; i < 100'000; ++i) {
    std::string text;
    for (int k = 0; k < 4; ++k) text += (k == 0 ? "" : ".") + std::to_string(random() % 300);
    if (random() % 10 == 0) text.insert(random() % text.size(), 1, "0.1-"[random() % 4]);
    n4 += check(text, AF_INET, v4) ? 1 : 0;
    std::string six;
    const unsigned n = 1 + random() % 9;
    for (unsigned k = 0; k < n; ++k) {
      if (k > 0) six += random() % 8 == 0 ? "::" : ":";
      six += parts[4 + random() % (random() % 6 == 0 ? 8 : 4)];
    }
    if (random() % 3 == 0) six.insert(0, "::");
    if (random() % 5 == 0) six += "::";
    if (random() % 20 == 0) six += parts[random() % parts.size()];
    n6 += check(six, AF_INET6, v6) ? 1 : 0;
  }
  EXPECT_GT(n4, 10'000);
  EXPECT_GT(n6, 10'000);
}

TEST(Formats, Hosts) {
  const std::string label(63, 'a');
  const std::string short_label(31, 'b');
  expect_texts("hostname",
               {"a", "1host", "a-b.c", "a--b", "a.b.c.d.e.f.g", label + "." + label + "." + label + "." + short_label},
               {"", "-a", "a-", "a..b", ".a", "a.", label + "a", "xn--a", "XN--a", "ab--c", "a_b", "é",
                label + "." + label + "." + label + "." + label, "a." + std::string(252, 'b')});
  expect_texts("idn-hostname", {"a", "실례.테스트", "bücher.example", "пример。испытание", "日本語.jp"},
               {"", "·l", "a·b", "אa", "xn--a", "é.", "ü" + std::string(60, 'a'), "İ", "ABü"});
  EXPECT_LT(format_texts("hostname")->n_states(), 1000U);
}

TEST(Formats, Emails) {
  const std::string local(64, 'a');
  expect_texts(
      "email",
      {"a@b", "a.b+c@example.com", "\"a b\"@c.d", "\"a\\\"@\"@c", "a@[127.0.0.1]", "a@[IPv6:::1]", local + "@b"},
      {"", "a", "@b", "a@", ".a@b", "a.@b", "a..b@c", "a@-b", "a@b.", "a@[300.0.0.1]", local + "a@b", "é@b", "a b@c",
       "a@b@c"});
  expect_texts("idn-email", {"실례@실례.테스트", "é@b", std::string(62, 'a') + "é@b"},
               {"é", std::string(63, 'a') + "é@b", "é@"});
}

TEST(Formats, Uris) {
  expect_texts("uri",
               {"http://a", "a:", "a:b/c", "urn:x:y", "http://u:p@[::1]:80/a%20b?c=d#e", "file:///x", "http://", "x:/"},
               {"", "a", "/a", "//a", "http://[::1", "http://a:b", "1a:b", "http://a/%2", "http://a b", "http://é",
                "a:#b#c", "http:/[::1]"});
  expect_texts("uri-reference", {"", "a", "/a", "//a", "?q", "#f", "./a:b", "../a", "a/b:c", "http://a"},
               {"1:b", "a b", "\\", "#a#b", "%"});
  expect_texts("iri", {"http://é/ü?\xEE\x80\x80#ö", "http://a"},
               {"é", "http://é /", "http://a/\xEE\x80\x80", "http://\xEF\xBF\xBF"});
  expect_texts("iri-reference", {"é", "//é", ""}, {"é é", "\\é"});
  expect_texts("uri-template", {"", "a{b}", "{+a.b:12,c*}", "/x{?a,b}", "%41é"},
               {"{", "}", "{}", "{a:0}", "{a,}", "a b", "%4", "{a*:3}"});
}

TEST(Formats, Texts) {
  expect_texts("uuid", {"2eb8aa08-AA98-11ea-b4aa-73b441d16380"},
               {"", "2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638g"});
  expect_texts("json-pointer", {"", "/", "/a/0/~0~1", "//", "/\n"}, {"a", "/~", "/~2", "#/a"});
  expect_texts("relative-json-pointer", {"0", "1#", "12/a"}, {"", "/a", "01", "0##", "-1"});
  expect_texts("regex", {"", "^a+b*?$", "(a|[^b]|)", "a/b", "\\d{2,}", "((x)?(?:y)){0,3}", "a|b|"},
               {"(", "a**", "[", "\\a", "a{3,1}", ")", "(?i)a", "(?P<n>x)", "]", "{"});
}

/// Whatever "regex" takes compiles, or is only too large.
TEST(Formats, RegexesTakenAreRegexes) {
  const DfaPointer regexes = format_texts("regex");
  std::mt19937 random(8);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    Dfa::State state = regexes->start();
    while (text.size() < 40 || !regexes->accepts(state)) {
      if (text.size() > 400) break;
      const auto edges = regexes->edges(state);
      const auto& edge = edges[random() % edges.size()];
      const auto byte = static_cast<std::uint8_t>(edge.first + random() % (edge.last - edge.first + 1U));
      text += static_cast<char>(byte);
      state = regexes->step(state, byte);
    }
    if (!regexes->accepts(state)) continue;
    try {
      compile_regex(text, RegexMatch::kSearch);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << error.message();
      EXPECT_NE(error.message().find(" needs "), std::string::npos) << error.message();
    }
  }
}

/// The official suite: nothing invalid is taken, and of the valid texts most are.
TEST(Formats, AgreeWithTheJsonSchemaTestSuite) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  struct Count {
    int valid = 0, taken = 0;
  };
  std::map<std::string, Count> counts;
  int n_invalid = 0;
  for (const char* draft : {"draft2020-12", "draft7"}) {
    const auto folder = fixtures / "json-schema" / "tests" / draft / "optional" / "format";
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      const json::value groups = load_json(file.path());
      for (const auto& group : groups.as_array()) {
        const auto* format = group.as_object().at("schema").as_object().if_contains("format");
        if (format == nullptr) continue;
        const std::string name(format->as_string());
        const DfaPointer texts = format_texts(name);
        if (texts == nullptr) {
          EXPECT_EQ(name, "unknown");
          continue;
        }
        for (const auto& test : group.as_object().at("tests").as_array()) {
          const auto& data = test.as_object().at("data");
          if (!data.is_string()) continue;
          const std::string text(data.as_string());
          const bool taken = texts->matches(text);
          if (!test.as_object().at("valid").as_bool()) {
            ++n_invalid;
            EXPECT_FALSE(taken) << name << " takes " << text;
            continue;
          }
          ++counts[name].valid;
          counts[name].taken += taken ? 1 : 0;
          if (!taken && std::getenv("HEARTH_VERBOSE") != nullptr)
            std::printf("%s refuses %s\n", name.c_str(), text.c_str());
        }
      }
    }
  }
  EXPECT_GT(n_invalid, 500);
  for (const auto& [name, count] : counts) {
    if (std::getenv("HEARTH_VERBOSE") != nullptr) {
      std::printf("%-22s %3d of %3d, %zu states\n", name.c_str(), count.taken, count.valid,
                  format_texts(name)->n_states());
    }
    // Safe subsets: names in other scripts must be decoded and normalised to be judged; expressions nest.
    const bool subset = name == "hostname" || name == "idn-hostname" || name == "idn-email" || name == "regex";
    EXPECT_GE(count.taken * 100, count.valid * (subset ? 30 : 90))
        << name << ": " << count.taken << " of " << count.valid;
  }
}

}  // namespace
}  // namespace hearth
