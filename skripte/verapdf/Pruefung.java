import java.io.File;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.LogManager;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;

/** Validates each of the given files against PDF/UA-1 and PDF/A-3a in one process; exit status 1 when one fails. */
public final class Pruefung {
    private static final Map<String, String> PROFILE = new TreeMap<>(Map.of("ua1", "PDFUA-1", "3a", "PDFA-3A"));

    public static void main(String[] dateien) throws Exception {
        LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        boolean bestanden = true;
        for (var eintrag : PROFILE.entrySet()) {
            var kennung = PDFAFlavour.byFlavourId(eintrag.getKey());
            var ort = "/org/verapdf/pdfa/validation/" + eintrag.getValue() + ".xml";
            var profil = Profiles.profileFromXml(Pruefung.class.getResourceAsStream(ort));
            for (String datei : dateien) {
                bestanden &= pruefe(datei, kennung, profil);
            }
        }
        System.exit(bestanden ? 0 : 1);
    }

    private static boolean pruefe(String datei, PDFAFlavour norm, ValidationProfile profil) throws Exception {
        try (var leser = Foundries.defaultInstance().createParser(new File(datei), norm)) {
            ValidationResult ergebnis = Foundries.defaultInstance()
                .createValidator(profil, 1, false, true, false)
                .validate(leser);
            System.out.printf("%s  %-4s %s (%d Prüfungen)%n", ergebnis.isCompliant() ? "PASS" : "FAIL", norm.getId(),
                datei, ergebnis.getTotalAssertions());
            for (TestAssertion stelle : ergebnis.getTestAssertions()) {
                if (stelle.getStatus() == TestAssertion.Status.FAILED) {
                    System.out.printf("      %s-%d: %s%n", stelle.getRuleId().getClause(),
                        stelle.getRuleId().getTestNumber(), stelle.getMessage());
                }
            }
            return ergebnis.isCompliant();
        }
    }
}
