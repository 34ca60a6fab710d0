#include "server/api/ollama/keep_alive.h"

#include <gtest/gtest.h>

#include <string>

#include "hearth/error.h"

namespace hearth {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::optional<KeepAlive> read(json::object body) { return read_keep_alive(RequestFields(body)); }

// The texts of Go's documentation of time.ParseDuration, and Ollama's of keep_alive.
TEST(KeepAlive, ReadsDurationsAsGoWritesThem) {
  EXPECT_EQ(parse_keep_alive("5m"), minutes(5));
  EXPECT_EQ(parse_keep_alive("24h"), hours(24));
  EXPECT_EQ(parse_keep_alive("1h15m30.918s"), hours(1) + minutes(15) + seconds(30) + milliseconds(918));
  EXPECT_EQ(parse_keep_alive("300ms"), milliseconds(300));
  EXPECT_EQ(parse_keep_alive("1.5h"), minutes(90));
  EXPECT_EQ(parse_keep_alive("2000us"), milliseconds(2));
  EXPECT_EQ(parse_keep_alive("2000µs"), milliseconds(2));
  EXPECT_EQ(parse_keep_alive("0s"), milliseconds(0));
  EXPECT_EQ(parse_keep_alive("+10s"), seconds(10));
}

TEST(KeepAlive, ReadsBareNumbersAsSeconds) {
  EXPECT_EQ(parse_keep_alive("3600"), hours(1));
  EXPECT_EQ(parse_keep_alive("0"), milliseconds(0));
  EXPECT_EQ(read({{"keep_alive", 3600}}), hours(1));
  EXPECT_EQ(read({{"keep_alive", 0}}), milliseconds(0));
  EXPECT_EQ(read({{"keep_alive", 0.25}}), milliseconds(250));
}

TEST(KeepAlive, TakesNegativeOnesForEver) {
  EXPECT_EQ(parse_keep_alive("-1"), kKeepForever);
  EXPECT_EQ(parse_keep_alive("-1m"), kKeepForever);
  EXPECT_EQ(read({{"keep_alive", -1}}), kKeepForever);
  EXPECT_EQ(read({{"keep_alive", -0.5}}), kKeepForever);
  EXPECT_EQ(read({{"keep_alive", 1e300}}), kKeepForever);
  EXPECT_EQ(parse_keep_alive("99999999999999999999h"), kKeepForever);
}

TEST(KeepAlive, IsEmptyWhereItIsMissing) {
  EXPECT_EQ(read({}), std::nullopt);
  EXPECT_EQ(read({{"keep_alive", nullptr}}), std::nullopt);
}

TEST(KeepAlive, RefusesWhatIsNone) {
  for (const char* text : {"", "m", "5 m", "5m ", "5x", "--5m", "5m3", "1.2.3s", "five", "-", "nan", "inf", "1e3s"})
    EXPECT_EQ(parse_keep_alive(text), std::nullopt) << text;
  EXPECT_THROW(read({{"keep_alive", "soon"}}), HttpError);
  EXPECT_THROW(read({{"keep_alive", true}}), HttpError);
  EXPECT_THROW(read({{"keep_alive", json::array()}}), HttpError);
}

}  // namespace
}  // namespace hearth
