import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Base64;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.SessionFunction;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * Asks a SavedModel: Ask FOLDER SIGNATURE OUTPUT.
 *
 * <p>Each line of the standard input is a batch of serialized tf.Examples, base64, with commas
 * between them. For each it prints a line of the numbers of the output, with spaces between them.
 */
public final class Ask {
  public static void main(String[] arguments) throws Exception {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    try (SavedModelBundle model = SavedModelBundle.load(arguments[0], "serve")) {
      SessionFunction function = model.function(arguments[1]);
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        System.out.println(answer(function, arguments[2], line.split(",", -1)));
      }
    }
  }

  private static String answer(SessionFunction function, String output, String[] batch) {
    String argument = function.signature().inputNames().iterator().next();
    byte[][] examples =
        Stream.of(batch).map(Base64.getDecoder()::decode).toArray(byte[][]::new);
    StringJoiner numbers = new StringJoiner(" ");
    try (TString asked = TString.tensorOfBytes(NdArrays.vectorOfObjects(examples));
        Result result = function.call(Map.of(argument, asked))) {
      TFloat32 answers = (TFloat32) result.get(output).orElseThrow();
      answers.scalars().forEach(cell -> numbers.add(Float.toString(cell.getFloat())));
    }
    return numbers.toString();
  }
}
